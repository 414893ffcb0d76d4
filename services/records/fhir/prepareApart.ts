import { prepare } from './prepare.ts';

process.stdout.write(JSON.stringify(prepare()));
