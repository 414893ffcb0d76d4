import { runAlone } from '../../distributed.ts';
import { identityConfig } from './config.ts';
import { identityService } from './service.ts';

await runAlone({ name: 'identity', section: identityConfig, make: identityService });
