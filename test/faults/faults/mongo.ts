import { type Fault, startAgain } from './fault.ts';

export const mongoFault: Fault = {
  name: 'kill -9 MongoDB',
  async inject(stage) {
    await stage.platform.engines.kill('mongo', 'mongo');
    await startAgain(stage, 'mongo');
    return '';
  },
};
