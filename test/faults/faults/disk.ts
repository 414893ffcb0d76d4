import type { Disk } from '../disk.ts';
import { type Fault, meanwhile, type Stage, startAgain } from './fault.ts';

/** No byte more can be written for a while. */
async function full(stage: Stage, disk: Disk): Promise<void> {
  disk.fill();
  await meanwhile(stage, 60);
  disk.free();
}

export const diskFaults: Fault[] = [
  {
    name: 'disk full, key service',
    needs: 'disks',
    async inject(stage) {
      await full(stage, stage.platform.disks!.keys);
      return '';
    },
  },
  {
    /** The server may not get over it by itself: its supervisor starts it again. */
    name: 'disk full, MongoDB',
    needs: 'disks',
    async inject(stage) {
      const { engines, disks } = stage.platform;
      await full(stage, disks!.mongo);
      await engines.kill('mongo', 'mongo');
      await startAgain(stage, 'mongo');
      return '';
    },
  },
];
