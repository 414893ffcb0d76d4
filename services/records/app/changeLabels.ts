import type { Clock } from '../../../kernel/clock.ts';
import { WrongVersion } from '../../../kernel/errors.ts';
import { type Content, decide } from '../domain/resource.ts';
import { agentOf, type Caller } from './caller.ts';
import type { Current } from './conditions.ts';
import { ownerOf } from './content.ts';
import type { Append } from './log.ts';
import type { Resources, Version } from './resources.ts';

/**
 * Puts a resource under other labels.
 * @param relabelled the resource as it is to be; undefined leaves it as it is. Asked again where somebody was faster
 * @returns the new version; undefined where nothing changed
 * @throws Failure `not-found` for what is not there or was deleted; `deleted` where its patient was erased
 */
export type ChangeLabels = (
  caller: Caller,
  reference: { type: string; id: string },
  relabelled: (current: Current) => Content | undefined,
) => Promise<Version | undefined>;

/** Whoever loses a race looks again at what the winner left behind. */
const attempts = 4;

export function labelChanger(parts: { resources: Resources; append: Append; clock: Clock }): ChangeLabels {
  const { resources, append, clock } = parts;

  return async (caller, { type, id }, relabelled) => {
    for (let remaining = attempts - 1; ; remaining--) {
      const state = await resources.current(type, id);
      const content = state.status === 'none' ? undefined : relabelled(state);
      if (!content) return undefined;
      const command = { type: 'relabel', id, content, at: clock.now(), by: agentOf(caller) } as const;
      const [event] = decide({ ...command, request: caller.request }, state);
      if (!event) return undefined;
      try {
        const stream = `${type}/${id}`;
        await append([{ stream, expected: state.version, owner: ownerOf(event), events: [event] }]);
        return { version: state.version + 1, event };
      } catch (error) {
        if (!(error instanceof WrongVersion) || remaining === 0) throw error;
      }
    }
  };
}
