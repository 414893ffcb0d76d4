import type { Thread } from '../thread/call.ts';
import type { Views } from './port.ts';

/**
 * The embedded views, written by another thread and read by this one.
 * @param reads this thread's views of the file
 * @param target under which the other one serves views of the same file
 */
export function threadedViews(reads: Views, thread: Thread, target: string): Views {
  return {
    ...reads,
    apply: (writes) => thread.call(target, 'apply', writes),
    clear: (collection) => thread.call(target, 'clear', collection),
    savePosition: (position) => thread.call(target, 'savePosition', position),
    async close() {
      await thread.call(target, 'close');
      await reads.close();
    },
  };
}
