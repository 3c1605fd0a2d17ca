/** What the browser calls this page. Pages set it in an effect, so that it follows the language. */
export function setTitle(text: string): void {
  document.title = text && text !== 'Cadeau' ? `${text} · Cadeau` : 'Cadeau'
}
