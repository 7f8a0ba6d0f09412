import { register } from 'node:module';

register('./hooks.mjs', import.meta.url, { data: { standInUrl: process.env.MILEPOST_STAND_IN_URL } });
