import fhirpath, { type ResourceNode } from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import { Failure } from '../../../kernel/errors.ts';
import { type Constants, reserved } from './constants.ts';
import { keyFunctions, stricterFunctions, viewFunctions } from './functions.ts';

/** What nests deeper costs the power of its depth. */
const deepest = 4;

/** A resource, or an element of one where `forEach` stands. */
export type Focus = object | ResourceNode;
export type Primitive = string | number | boolean;

/** A FHIRPath expression, ready to be evaluated. Whatever fails there says nothing of the resource. */
export interface Expression {
  /** The elements, which know where in the resource they stand. */
  elements(focus: Focus, resource: object): Focus[];
  /** The values. Throws Failure `value` where one is no primitive. */
  values(focus: Focus, resource: object): Primitive[];
}

/**
 * @param at the FHIRPath of the element of the view that holds the expression
 * @throws Failure `value` where it is no FHIRPath or uses a constant that is not defined, `not-supported` where it uses
 *   a function that views do not have
 */
export function compileExpression(text: string, constants: Constants, at: string): Expression {
  const uses = (code: 'value' | 'not-supported', why: string) =>
    new Failure(code, `The expression of ${at} ${why}.`, { expression: [at] });
  for (const { kind, name, depth } of namesIn(parse(text, at))) {
    if (kind === 'function' && depth >= deepest)
      throw uses('not-supported', `has functions within functions, more than ${deepest} deep`);
    if (kind === 'constant' && !(name in constants) && !reserved.has(name))
      throw uses('value', `uses %${name}, which is not defined`);
    if (kind === 'function' && !viewFunctions.has(name))
      throw uses('not-supported', `uses ${name}(), which is not supported`);
  }
  const options = { userInvocationTable: { ...keyFunctions, ...stricterFunctions }, preciseMath: true } as const;
  const toElements = fhirpath.compile(text, r4, { ...options, resolveInternalTypes: false });
  const toValues = fhirpath.compile(text, r4, { ...options, resolveInternalTypes: true });
  const run = <T>(evaluate: (focus: Focus, variables: object) => T[], focus: Focus, resource: object) => {
    try {
      return evaluate(focus, { ...constants, resource, rootResource: resource });
    } catch {
      throw new Failure('processing', `The expression of ${at} cannot be evaluated on one of the resources.`, {
        expression: [at],
      });
    }
  };
  return {
    elements: (focus, resource) => run(toElements, focus, resource),
    values: (focus, resource) => run(toValues, focus, resource).map((value) => primitive(value, at)),
  };
}

function primitive(value: unknown, at: string): Primitive {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  throw new Failure('value', `The expression of ${at} gives an element that is no primitive value.`, {
    expression: [at],
  });
}

interface Node {
  type: string;
  text?: string;
  delimitedText?: string;
  children?: Node[];
}

function parse(text: string, at: string): Node {
  try {
    return fhirpath.parse(text) as Node;
  } catch (cause) {
    throw new Failure('value', `The expression of ${at} is no FHIRPath.`, { cause, expression: [at] });
  }
}

interface Named {
  kind: 'constant' | 'function';
  name: string;
  /** Functions in whose arguments it stands. */
  depth: number;
}

/** The constants and functions that an expression names. */
function* namesIn(node: Node, depth = 0): Generator<Named> {
  if (node.type === 'ExternalConstantTerm')
    yield { kind: 'constant', name: (node.text ?? node.delimitedText ?? '').replaceAll(/^['`]|['`]$/g, ''), depth };
  if (node.type === 'Functn') yield { kind: 'function', name: node.text ?? '', depth };
  for (const child of node.children ?? []) yield* namesIn(child, node.type === 'ParamList' ? depth + 1 : depth);
}
