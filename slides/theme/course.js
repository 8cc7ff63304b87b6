// Key D: dark slides for a bright screen in a dark room, light ones for a projector.
Reveal.on("ready", () =>
  Reveal.addKeyBinding({ keyCode: 68, key: "D", description: "Dark or light slides" }, () =>
    document.documentElement.classList.toggle("dark")
  )
);
