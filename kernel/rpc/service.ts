import type { DescService } from '@bufbuild/protobuf';
import type { Actor } from '../auth/actor.ts';
import { grants } from '../auth/scopes.ts';
import { Failure } from '../errors.ts';
import { inSpan, inSpanEach, traced } from '../spans.ts';
import type { Implementation, Policy, RpcAccess, RpcContext, RpcService } from './port.ts';

/**
 * A gRPC service of its description, its handlers and, for every method, who may call it.
 * @throws Error at start where a method lacks a handler or an access: nothing is open by omission
 */
export function rpcService<S extends DescService>(desc: S, policy: Policy<S>, handlers: Implementation<S>): RpcService {
  for (const { localName } of desc.methods) {
    if (!(localName in policy)) throw new Error(`${desc.typeName}.${localName} does not say who may call it`);
    if (!(localName in handlers)) throw new Error(`${desc.typeName}.${localName} has no handler`);
  }
  const open = handlers as RpcService['handlers'];
  return { desc, policy: policy as Record<string, RpcAccess>, handlers: traced() ? spanned(desc, open) : open };
}

type Handler = RpcService['handlers'][string];

/** The handlers, each in a span named as gRPC names the method. */
function spanned({ typeName, methods }: DescService, handlers: RpcService['handlers']): RpcService['handlers'] {
  const entries = methods.map(({ localName, name, methodKind }) => {
    const handler = handlers[localName]!;
    const method = `${typeName}/${name}`;
    const attributes = { 'rpc.system.name': 'grpc', 'rpc.method': method };
    const wrapped: Handler =
      methodKind === 'unary'
        ? (...call) => inSpan(method, attributes, () => handler(...call) as Promise<unknown>)
        : (...call) => inSpanEach(method, attributes, () => handler(...call) as AsyncIterable<unknown>);
    return [localName, wrapped];
  });
  return Object.fromEntries(entries);
}

/** Throws Failure `login` or `forbidden` unless the caller may call a method with this access. */
export function permitCall(access: RpcAccess, { actor, service }: Pick<RpcContext, 'actor' | 'service'>): void {
  if (access === 'public' || (access === 'services-or-token' && service)) return;
  if (access === 'services') {
    if (service) return;
    throw new Failure('forbidden', 'Only services of the platform may call this.');
  }
  if (!actor) throw new Failure('login', 'This needs an access token: metadata "authorization: Bearer <token>".');
  if (typeof access === 'object') requireScope(actor, access.scope);
}

function requireScope(actor: Actor, scope: string): void {
  if (!grants(actor.scopes, scope)) throw new Failure('forbidden', `The access token lacks the scope ${scope}.`);
}
