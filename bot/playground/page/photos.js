// Pictures on their way out: what Telegram's own apps do to a photo before they send it.

const LONGEST_SIDE = 1280;
const QUALITY = 0.87;

/** An upright JPEG of at most 1280 pixels a side. Rejects where the browser can't read the file. */
export async function asPhoto(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  return [file.name.replace(/\.\w+$/, "") + ".jpg", blob];
}

export const isPicture = (file) => file.type.startsWith("image/") && file.type !== "image/svg+xml";
