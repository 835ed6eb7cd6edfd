interface Answer {
  data?: Blob;
  response: Response;
}

/** Hands a downloaded file to the browser, under the name that the server gave: `save(await api.GET(…, { parseAs: "blob" }))`. */
export function save({ data, response }: Answer): void {
  if (!data) return;
  const address = URL.createObjectURL(data);
  const link = document.createElement("a");
  link.href = address;
  link.download = nameIn(response.headers.get("Content-Disposition")) ?? "download";
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function nameIn(disposition: string | null): string | undefined {
  const coded = disposition?.match(/filename\*=utf-8''([^;]+)/i)?.[1];
  return coded ? decodeURIComponent(coded) : disposition?.match(/filename="?([^";]+)/i)?.[1];
}
