import { count, type Input, member, text, texts } from './input.ts';
import { problemOf, type Terms } from './rules/terms.ts';
import { ContractRefusal } from './state.ts';

const word = { pattern: /^[^\s]{1,300}$/, what: 'a code' };

/** The terms as they were agreed to. Throws ContractRefusal `invalid` that says what is wrong with them. */
export function termsOf(input: Input): Terms {
  const frequency = member(input, 'frequency');
  const terms: Terms = {
    purpose: text(input, 'purpose', word.pattern, word.what),
    dataClasses: texts(input, 'dataClasses', word.pattern, word.what, 50),
    recipientRole: text(input, 'recipientRole', word.pattern, word.what),
    from: count(input, 'from', 0),
    until: count(input, 'until', 0),
    frequency: { transfers: count(frequency, 'transfers', 0), window: count(frequency, 'window', 0) },
    eraseAt: count(input, 'eraseAt', 0),
  };
  const wrong = problemOf(terms);
  if (wrong !== undefined) throw new ContractRefusal('invalid', `${wrong.term}: ${wrong.problem}.`);
  return terms;
}
