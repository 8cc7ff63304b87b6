"""One look for all figures: colors safe for color-blind readers, alt text on every picture."""

import base64
import io

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.figure import Figure

# Okabe and Ito, "Color Universal Design" (2008). Use marker shape or line style as well.
BLUE, ORANGE, GREEN, PINK, SKY, VERMILION = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
)
GRAY = "#777777"
PALETTE = [BLUE, ORANGE, GREEN, PINK, SKY, VERMILION, GRAY]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]


def use_course_style():
    """Set matplotlib's defaults for the course, whatever a reader's matplotlibrc says."""
    plt.rcdefaults()
    plt.rcParams.update(
        {
            "figure.figsize": (7, 4),
            "figure.constrained_layout.use": True,
            "figure.dpi": 100,
            "axes.prop_cycle": plt.cycler(color=PALETTE),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": "#dddddd",
            "font.size": 11,
            "legend.frameon": False,
        }
    )


def use_slide_style():
    """Set matplotlib's defaults for slides: larger text, and drawings that stay sharp."""
    use_course_style()
    plt.rcParams.update(
        {
            "figure.figsize": (12, 5.4),  # inches of 96 pixels: fits below the heading of a slide
            "font.size": 18,
            "lines.linewidth": 2.5,
            "lines.markersize": 9,
            "savefig.format": "svg",
            "svg.hashsalt": "course",  # the same drawing gives the same file
        }
    )


def show(figure, alt):
    """Display a figure with a text for readers who do not see it, and close it.

    Args:
        figure: matplotlib Figure.
        alt: str, what the picture shows, in a sentence or two: the message, not the ink.

    Raises:
        ValueError: if `figure` is not a Figure or `alt` is empty.
    """
    if not isinstance(figure, Figure):
        raise ValueError(f"figure must be a matplotlib Figure, received {type(figure).__name__}.")
    if not alt or not alt.strip():
        raise ValueError("alt must describe the picture in words, received an empty text.")
    picture = io.BytesIO()
    if plt.rcParams["savefig.format"] == "svg":
        figure.savefig(picture, format="svg", metadata={"Date": None})
        kind, content = "image/svg+xml", picture.getvalue().decode()
    else:
        figure.savefig(picture, format="png")
        kind, content = "image/png", base64.b64encode(picture.getvalue()).decode()
    plt.close(figure)
    display({kind: content, "text/plain": alt}, metadata={kind: {"alt": alt}}, raw=True)
