// Text and parts as bytes.

export const encode = (text) => new TextEncoder().encode(text);

export const decode = (bytes) => new TextDecoder().decode(bytes);

/** A copy of parts, one after the other. */
export function joined(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
