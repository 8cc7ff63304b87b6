"""What a reader has set for other work stays outside."""

import sys

from utils.tools import environment


def test_unwanted_settings_go_and_others_stay():
    variables = {
        "KERAS_BACKEND": "jax",
        "KERAS_HOME": "/home/alice/.keras",
        "KERAS_MAX_EPOCHS": "1",
        "IPYTHONDIR": "/home/alice/.ipython",
        "MPLBACKEND": "TkAgg",
        "PYTHONOPTIMIZE": "2",
        "PYTHONPATH": "/home/alice/tools",
        "PYTHONSTARTUP": "/home/alice/start.py",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    }
    environment.leave_out_settings(variables)
    assert variables.pop("PYTHONPATH") == "/home/alice/tools"
    assert variables.pop("TF_FORCE_GPU_ALLOW_GROWTH") == "true"
    assert variables.pop("KERAS_BACKEND") == "tensorflow"
    assert variables.pop("JUPYTER_PREFER_ENV_PATH") == "1"
    assert variables.keys() == {"KERAS_HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR"}
    assert all(value.startswith(sys.prefix) for value in variables.values())


def test_every_command_that_starts_kernels_leaves_them_out():
    tools = environment.Path(environment.__file__).parent
    for name in ("lab", "build", "slides", "measuring", "bench"):
        text = (tools / f"{name}.py").read_text(encoding="utf-8")
        assert text.count("leave_out_settings()") == 1, name
