/** A webhook's shown name is its description, else its host. */
export function webhookName(webhook: { url: string; description: string | null }): string {
  return webhook.description?.trim() || hostOf(webhook.url);
}

export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** "hooks.example/bpoc": the address without its scheme, as a subtitle. */
export function shortAddress(url: string): string {
  return url.replace(/^https?:\/\//, '').replace(/\/$/, '');
}
