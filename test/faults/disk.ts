import { spawnSync } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A disk of its own under one folder, small enough to be filled. */
export interface Disk {
  /** Takes all the space that is left. */
  fill(): void;
  /** Gives it back. */
  free(): void;
  unmount(): void;
}

/** Mounts a disk at an empty folder. Undefined where this user may not mount one (Linux, root). */
export function smallDisk(folder: string, megabytes: number): Disk | undefined {
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'tmpfs', folder]);
  if (mount.status !== 0) return undefined;
  const filler = join(folder, 'filler');
  return {
    fill() {
      const file = openSync(filler, 'w');
      for (let size = 1024 * 1024; size > 0; ) {
        try {
          writeSync(file, Buffer.alloc(size));
        } catch {
          size = Math.floor(size / 2);
        }
      }
      closeSync(file);
    },
    free: () => rmSync(filler, { force: true }),
    unmount: () => void spawnSync('umount', ['--lazy', folder]),
  };
}

/** Puts a folder that nobody uses now onto a disk, with what is in it. */
export function moveToDisk(folder: string, megabytes: number): Disk {
  const before = `${folder}.before`;
  renameSync(folder, before);
  mkdirSync(folder);
  const disk = smallDisk(folder, megabytes);
  if (!disk) throw new Error(`no disk could be mounted at ${folder}`);
  cpSync(before, folder, { recursive: true });
  rmSync(before, { recursive: true });
  return disk;
}
