/** Formatting elements of HTML 4, chapters 7 to 11 and 15, links and images: all that R4's rule txt-1 lets in. */
const allowed = new Set(
  (
    'a abbr acronym address b bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em font ' +
    'h1 h2 h3 h4 h5 h6 hr i img ins kbd li ol p pre q s samp small span strike strong sub sup table tbody td tfoot th ' +
    'thead tr tt u ul var'
  ).split(' '),
);

const tag = /<(?!!--)\/?\s*([^\s/<>]*)([^<>]*)/g;
const handler = /(?:^|[\s/"'])on\w+\s*=/i;
/** An address that begins with a scheme other than those of the web, or hides how it begins behind entities. */
const address =
  /\b(?:href|src)\s*=\s*["']?\s*(?!https?:|mailto:|tel:|data:image\/|#|[\w./-]*["'?#])[^"'>]*(?::|&(?!amp;))/i;

/** Rules txt-1 and txt-2 of Narrative: one `<div>` with something in it and nothing active. */
export function isNarrative(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const text = value.trim();
  if (!/^<div\b/.test(text) || !/(?:<\/div>|\/>)$/.test(text)) return false;
  for (const [, name, attributes] of text.matchAll(tag))
    if (!allowed.has(name!.toLowerCase()) || handler.test(attributes!) || address.test(attributes!)) return false;
  return true;
}
