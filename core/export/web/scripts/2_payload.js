// The files inside the page: gzip as base64 in script elements that do not run.

const bytesOfBase64 = (encoded) => {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(encoded);
  const characters = atob(encoded);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
};

/** The file's content, a Uint8Array; its element is removed, for the memory. */
async function unpacked(id) {
  const element = document.getElementById(id);
  const packed = new Blob([bytesOfBase64(element.textContent)]);
  element.remove();
  const stream = packed.stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
