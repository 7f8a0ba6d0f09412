/**
 * electron-builder's hook before it looks for node_modules.
 *
 * @returns {false} there is nothing to look for: the app's bundles hold everything
 */
export function beforeBuild() {
  return false;
}
