import { z } from 'zod';

// Imported first: zod then never tries to compile its parsers, which the page's content security policy forbids.
z.config({ jitless: true });
