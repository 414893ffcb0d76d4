import { runAlone } from '../../distributed.ts';
import { auditConfig } from './config.ts';
import { auditService } from './service.ts';

await runAlone({ name: 'audit', section: auditConfig, make: auditService });
