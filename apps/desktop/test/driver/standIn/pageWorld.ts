import { createWorldPort } from './worldPort.ts';

// The page's own world, before its first script.
if (window === window.top) createWorldPort('page');
