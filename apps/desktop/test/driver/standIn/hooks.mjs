// Node's module hook: whoever imports `electron` gets the stand-in.

let standInUrl;

export async function initialize(data) {
  standInUrl = data.standInUrl;
}

export async function resolve(specifier, context, next) {
  if (specifier === 'electron' || specifier === 'electron/main') {
    return { url: standInUrl, format: 'module', shortCircuit: true };
  }
  return next(specifier, context);
}
