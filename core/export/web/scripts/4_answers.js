// The model's numbers → what is said of a photo, as the bot says it.

const TOP = 5;

/** {label, probability, top, certainty} of a class's number, all scores and the similarity. */
function answerOf({ label, scores, similarity }) {
  const probability = SETTINGS.probabilities ? scores[label] : null;
  return {
    label,
    probability,
    top: likeliest(label, scores),
    certainty: certaintyOf(similarity, probability),
  };
}

function certaintyOf(similarity, probability) {
  if (similarity < SETTINGS.threshold) return "unknown";
  const isNear = SETTINGS.sure_threshold === null || similarity >= SETTINGS.sure_threshold;
  const isLikely = probability === null || probability >= SETTINGS.sure_probability;
  return isNear && isLikely ? "sure" : "probable";
}

/** [class, score] of the likeliest, the label always first. Where scores are only an order, those that share the
 * lowest one are left out. */
function likeliest(label, scores) {
  const lowest = Math.min(...scores);
  const hasTies = !SETTINGS.probabilities && scores.filter((score) => score === lowest).length > 1;
  const others = [...scores.keys()]
    .filter((index) => index !== label && !(hasTies && scores[index] === lowest))
    .sort((one, other) => scores[other] - scores[one]);
  return [label, ...others].slice(0, TOP).map((index) => [index, scores[index]]);
}

/** The sentence that names the class, or what it may be. */
function sentenceOf({ label, probability, top, certainty }) {
  const name = className(label);
  if (certainty === "unknown") return text("unknown");
  if (probability === null) return text("label_alone", { label: name });
  if (certainty === "sure") return text("answer", { label: name, probability: chance(probability) });
  const [second, share] = top[1] ?? [null, 0];
  if (share >= SETTINGS.possible) {
    return text("probable_or", { label: name, second: className(second) });
  }
  return text(probability >= SETTINGS.certain ? "unlike" : "probable", { label: name });
}

/** What is said below: the nearest class, or other guesses where there are no probabilities. */
function restOf({ label, probability, top, certainty }) {
  if (certainty === "unknown") return text("nearest", { label: className(label) });
  if (probability !== null || top.length < 2) return "";
  return text("rest", { rest: top.slice(1).map(([index]) => className(index)).join(", ") });
}
