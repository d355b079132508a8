// Pictures are made small before they are attached: a village's network and an old phone's memory are small, too.

export const LONGEST = 1600;

/** Width and height so that the longer side is at most `longest`; a small picture stays as it is. */
export function fit(width: number, height: number, longest = LONGEST): [number, number] {
  const factor = Math.min(1, longest / Math.max(width, height));
  return [Math.max(1, Math.round(width * factor)), Math.max(1, Math.round(height * factor))];
}

/** The name with the ending of what the picture has become. */
export function jpegName(name: string): string {
  return `${name.replace(/\.[A-Za-z0-9]{1,5}$/, "")}.jpg`;
}

/** A photo of at most 1600 pixels; any other file, and a picture that this browser cannot read, as it is. */
export async function smaller(file: File): Promise<{ file: Blob; name: string }> {
  const asIs = { file, name: file.name };
  if (!file.type.startsWith("image/")) return asIs;
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return asIs;
  }
  const [width, height] = fit(picture.width, picture.height);
  const known = file.type === "image/jpeg" || file.type === "image/png";
  if (known && width === picture.width && height === picture.height) {
    picture.close();
    return asIs;
  }
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d")?.drawImage(picture, 0, 0, width, height);
  picture.close();
  const jpeg = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", 0.8));
  return jpeg ? { file: jpeg, name: jpegName(file.name) } : asIs;
}
