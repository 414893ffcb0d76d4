import type { Fault } from './fault.ts';

export const mongoFault: Fault = {
  name: 'kill -9 MongoDB',
  async inject({ platform: { engines } }) {
    await engines.kill('mongo', 'mongo');
    await engines.up('mongo');
    return '';
  },
};
