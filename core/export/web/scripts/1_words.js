// The page's words, the names of the model's classes, and numbers, in the reader's language.

const SETTINGS = JSON.parse(document.getElementById("settings").textContent);
const WORDS = JSON.parse(document.getElementById("words").textContent);
const LANGUAGES = Object.keys(WORDS);

let language = LANGUAGES.find((code) => navigator.language.startsWith(code)) ?? LANGUAGES[0];

/** The text with its braces filled in. */
const text = (key, values = {}) => filled(WORDS[language][key], values);

const filled = (template, values) =>
  template.replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** The form of the text for this number. */
const plural = (key, count, values) => {
  const forms = WORDS[language][key];
  const form = forms[new Intl.PluralRules(language).select(count)] ?? forms.other;
  return filled(form, { n: number(count), ...values });
};

const number = (value) => new Intl.NumberFormat(language).format(value);

const className = (index) => {
  const label = SETTINGS.classes[index];
  return SETTINGS.names[language]?.[label] ?? label;
};

/** A share, 0–1, as whole per cent; 0 or 100 only where it is that. */
const percent = (share) => {
  const whole = (value) => new Intl.NumberFormat(language, { style: "percent" }).format(value);
  if (share >= 0.995 && share < 1) return `>${whole(0.99)}`;
  if (share > 0 && share < 0.005) return `<${whole(0.01)}`;
  return whole(share);
};

/** A probability as whole per cent: a model is never certain, whatever its arithmetic says. */
const chance = (probability) => percent(Math.min(probability, 0.999));
