// The page: what a person does, and what they see.

const model = new Model();
const element = (id) => document.getElementById(id);
const camera = new Camera(element("video"));

// What the result shows: {kind: "words", key, values}, or {kind: "answer", answer}, and the map's state.
let shown = { kind: "words", key: "preparing" };
let mapState = "none";
let opened = null;
// The number of the photo or the camera's picture that was asked for last: answers to earlier ones are dropped.
let turn = 0;

function draw() {
  document.documentElement.lang = language;
  document.title = element("title").textContent = SETTINGS.titles[language];
  for (const one of document.querySelectorAll("[data-text]")) one.textContent = text(one.dataset.text);
  for (const one of document.querySelectorAll("[data-named]")) one.setAttribute("aria-label", text(one.dataset.named));
  drawLanguage();
  drawFacts();
  drawResult();
}

function drawLanguage() {
  const other = nextLanguage();
  element("language").textContent = WORDS[other].itself;
  element("language").lang = other;
  element("language").title = text("language");
}

const nextLanguage = () => LANGUAGES[(LANGUAGES.indexOf(language) + 1) % LANGUAGES.length];

function drawFacts() {
  const { accuracy, n } = SETTINGS.scores;
  element("scores").textContent = n ? text("scores", { share: percent(accuracy), n: number(n) }) : "";
  const names = SETTINGS.classes.map((_, index) => className(index)).sort(new Intl.Collator(language).compare);
  element("classes").textContent = plural("classes", names.length, { names: names.join(", ") });
  element("origin").textContent = SETTINGS.origin ? text("origin", SETTINGS.origin) : "";
}

function drawResult() {
  const answer = shown.kind === "answer" ? shown.answer : null;
  const said = answer ? sentenceOf(answer) : text(shown.key, shown.values);
  // Only a change is read aloud.
  if (element("said").textContent !== said) element("said").textContent = said;
  element("said").classList.toggle("quiet", !answer);
  drawBars(answer && answer.probability !== null && answer.certainty !== "unknown" ? answer.top : []);
  element("more").textContent = [answer ? restOf(answer) : "", mapWords(answer)].filter(Boolean).join(" ");
  drawWhy(answer);
  const result = element("result").dataset;
  result.state = answer ? answer.certainty : shown.key;
  result.label = answer ? SETTINGS.classes[answer.label] : "";
  result.probability = answer?.probability ?? "";
  result.map = mapState;
  result.turn = turn;
}

function drawBars(top) {
  const bars = top.map(([index, share]) => {
    const [bar, name, value, track, fill] = ["li", "span", "span", "span", "span"].map((tag) => document.createElement(tag));
    name.textContent = className(index);
    value.textContent = chance(share);
    value.className = "share";
    track.className = "track";
    track.setAttribute("aria-hidden", "true");
    fill.className = "fill";
    fill.style.width = `${100 * share}%`;
    track.append(fill);
    bar.append(name, value, track);
    return bar;
  });
  element("bars").replaceChildren(...bars);
}

function mapWords(answer) {
  if (!answer || mapState === "none") return "";
  if (mapState === "mapping") return text("mapping");
  const [label, second] = answer.top.map(([index]) => className(index));
  return text(SETTINGS.places.is_exact ? "map" : "map_roughly", { label, second });
}

function drawWhy(answer) {
  const canExplain = answer && SETTINGS.places && !camera.isOpen && answer.top.length > 1;
  element("why").hidden = !canExplain;
  element("why").textContent = text(mapState === "shown" ? "hide" : "why");
  element("why").disabled = mapState === "mapping";
  element("map").hidden = mapState !== "shown";
  element("frame").classList.toggle("mapped", mapState === "shown");
}

const say = (key, values) => show({ kind: "words", key, values });

function show(what) {
  shown = what;
  drawResult();
}

function showStage(kind) {
  element("hint").hidden = kind !== "hint";
  element("frame").hidden = kind === "hint";
  element("photo").hidden = kind !== "photo";
  element("video").hidden = kind !== "video";
  for (const id of ["shoot", "close"]) element(id).hidden = kind !== "video";
  for (const id of ["camera", "choose"]) element(id).hidden = kind === "video";
}

/** Answers a picture file of any kind that the browser reads. */
async function answerFile(file) {
  if (!file) return;
  closeCamera();
  const mine = ++turn;
  mapState = "none";
  try {
    say("looking");
    const bitmap = await bitmapOf(file);
    if (mine !== turn) return;
    showPhoto(file);
    const pixels = pixelsOf(bitmap, bitmap.width, bitmap.height);
    bitmap.close();
    await opened;
    const answer = answerOf(await model.classify(pixels));
    if (mine === turn) show({ kind: "answer", answer });
  } catch (error) {
    if (mine === turn) sayWhatFailed(error);
  }
}

function showPhoto(file) {
  const photo = element("photo");
  URL.revokeObjectURL(photo.src);
  photo.src = URL.createObjectURL(file);
  showStage("photo");
}

function sayWhatFailed(error) {
  if (error instanceof PictureTooSmall) say("too_small", { n: number(SETTINGS.least_side) });
  else if (error instanceof DOMException) say("unreadable");
  else say("failed", { error: error.message });
}

async function explain() {
  if (mapState === "shown") {
    mapState = "none";
    drawResult();
    return;
  }
  const mine = turn;
  const [[one], [other]] = shown.answer.top;
  mapState = "mapping";
  drawResult();
  try {
    const layers = await model.places(one, other);
    if (mine !== turn) return;
    const photo = element("photo");
    drawMap(element("map"), layers, photo.naturalWidth, photo.naturalHeight);
    mapState = "shown";
    drawResult();
  } catch (error) {
    mapState = "none";
    if (mine === turn) sayWhatFailed(error);
  }
}

/** Opens the camera in the page; where that can't be, the phone's own one. */
async function openCamera() {
  if (!Camera.isThere) {
    element("capture").click();
    return;
  }
  try {
    await camera.open();
  } catch {
    say("no_camera");
    return;
  }
  turn++;
  mapState = "none";
  showStage("video");
  await answerWhatIsSeen();
}

/** Answers frame after frame while the camera is open. */
async function answerWhatIsSeen() {
  say("looking");
  try {
    await opened;
    while (camera.isOpen) {
      const mine = turn;
      const answer = answerOf(await model.classify(camera.pixels()));
      if (mine === turn && camera.isOpen) show({ kind: "answer", answer });
    }
  } catch (error) {
    closeCamera();
    sayWhatFailed(error);
  }
}

async function takePhoto() {
  const photo = await camera.photo();
  await answerFile(photo);
}

function closeCamera() {
  if (!camera.isOpen) return;
  camera.close();
  turn++;
  showStage("hint");
  say("ready");
}

async function showLicences() {
  const notices = element("notices");
  if (!notices.textContent) notices.textContent = new TextDecoder().decode(await unpacked("notice-text"));
  notices.hidden = !notices.hidden;
}

function answerPicked(event) {
  const [file] = event.target.files;
  answerFile(file);
  event.target.value = "";
}

function answerGiven(transfer) {
  const files = [...(transfer?.files ?? [])];
  if (!files.length) return false;
  const picture = files.find(({ type }) => type.startsWith("image/"));
  if (picture) answerFile(picture);
  else say("no_picture");
  return true;
}

function listen() {
  element("language").addEventListener("click", () => {
    language = nextLanguage();
    draw();
  });
  element("camera").addEventListener("click", openCamera);
  element("choose").addEventListener("click", () => element("file").click());
  element("file").addEventListener("change", answerPicked);
  element("capture").addEventListener("change", answerPicked);
  element("shoot").addEventListener("click", takePhoto);
  element("close").addEventListener("click", closeCamera);
  element("why").addEventListener("click", explain);
  element("licences").addEventListener("click", showLicences);
  document.addEventListener("paste", (event) => answerGiven(event.clipboardData));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    element("stage").classList.add("over");
  });
  document.addEventListener("dragleave", () => element("stage").classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    element("stage").classList.remove("over");
    answerGiven(event.dataTransfer);
  });
}

async function start() {
  listen();
  draw();
  if (!globalThis.DecompressionStream || !globalThis.OffscreenCanvas) {
    say("old");
    return;
  }
  opened = model.open();
  try {
    await opened;
    if (shown.key === "preparing") say("ready");
  } catch (error) {
    say("failed", { error: error.message });
  }
}

start();
