import { isNarrative } from './narrative.ts';

const year = '(?!0000)\\d{4}';
const month = '(?:0[1-9]|1[0-2])';
const day = '(?:0[1-9]|[12]\\d|3[01])';
const time = '(?:[01]\\d|2[0-3]):[0-5]\\d:(?:[0-5]\\d|60)(?:\\.\\d+)?';
const zone = '(?:Z|[+-](?:(?:0\\d|1[0-3]):[0-5]\\d|14:00))';

const dateForm = new RegExp(`^${year}(?:-${month}(?:-${day})?)?$`);
const dateTimeForm = new RegExp(`^${year}(?:-${month}(?:-${day}(?:T${time}${zone})?)?)?$`);
const instantForm = new RegExp(`^${year}-${month}-${day}T${time}${zone}$`);
const timeForm = new RegExp(`^${time}$`);
const uuidForm = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const largest = 2 ** 31 - 1;

export const idForm = /^[A-Za-z0-9\-.]{1,64}$/;

/** For each primitive type: what a value of it looks like in JSON, in words, and whether a value is one. */
export const primitives: Readonly<Record<string, { form: string; accepts: (value: unknown) => boolean }>> = {
  boolean: { form: 'true or false', accepts: (value) => typeof value === 'boolean' },
  integer: { form: 'a whole number', accepts: (value) => isWhole(value, -largest - 1) },
  unsignedInt: { form: 'a whole number from 0 on', accepts: (value) => isWhole(value, 0) },
  positiveInt: { form: 'a whole number from 1 on', accepts: (value) => isWhole(value, 1) },
  decimal: { form: 'a number', accepts: (value) => typeof value === 'number' && Number.isFinite(value) },
  string: { form: 'a text that is not empty', accepts: isText },
  markdown: { form: 'a text that is not empty', accepts: isText },
  xhtml: { form: 'a <div> of XHTML without active content', accepts: isNarrative },
  code: { form: 'a code without outer or double spaces', accepts: matching(/^[^\s]+(?:\s[^\s]+)*$/) },
  id: { form: '1 to 64 of A-Z, a-z, 0-9, - and .', accepts: matching(idForm) },
  uri: { form: 'a URI without spaces', accepts: matching(/^\S+$/) },
  url: { form: 'a URL without spaces', accepts: matching(/^\S+$/) },
  canonical: { form: 'a URL without spaces', accepts: matching(/^\S+$/) },
  oid: { form: 'urn:oid: and an OID', accepts: matching(/^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/) },
  uuid: { form: 'urn:uuid: and a UUID', accepts: matching(uuidForm) },
  base64Binary: { form: 'base64', accepts: isBase64 },
  date: { form: 'a date YYYY, YYYY-MM or YYYY-MM-DD', accepts: calendar(dateForm) },
  dateTime: { form: 'a date, or a date with time, seconds and time zone', accepts: calendar(dateTimeForm) },
  instant: { form: 'a date with time, seconds and time zone', accepts: calendar(instantForm) },
  time: { form: 'a time hh:mm:ss', accepts: matching(timeForm) },
};

function matching(form: RegExp) {
  return (value: unknown): boolean => typeof value === 'string' && form.test(value);
}

/** The form, and a day that its month has. */
function calendar(form: RegExp) {
  return (value: unknown): boolean => {
    if (typeof value !== 'string' || !form.test(value)) return false;
    const dayOfMonth = Number(value.slice(8, 10));
    if (dayOfMonth <= 28) return true;
    return dayOfMonth <= new Date(Date.UTC(Number(value.slice(0, 4)), Number(value.slice(5, 7)), 0)).getUTCDate();
  };
}

function isWhole(value: unknown, from: number): boolean {
  return Number.isInteger(value) && (value as number) >= from && (value as number) <= largest;
}

/** Something else than white space, and no control characters but tab and line ends. */
function isText(value: unknown): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return typeof value === 'string' && /\S/.test(value) && !/[\0-\x08\x0b\x0c\x0e-\x1f]/.test(value);
}

function isBase64(value: unknown): boolean {
  if (typeof value !== 'string' || value === '') return false;
  const compact = /\s/.test(value) ? value.replace(/\s+/g, '') : value;
  return compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact);
}
