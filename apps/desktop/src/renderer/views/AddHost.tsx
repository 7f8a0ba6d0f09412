import type { SetupView } from '../../bridge/setup.ts';
import { strings } from '../../strings.ts';
import { ScreenHeader } from '../components/ScreenHeader.tsx';
import { HostPicker } from './HostPicker.tsx';
import { SetupSteps } from './SetupSteps.tsx';

/** Adding a host: which one, and then whether everything on the way to its jobs is there. */
export function AddHost({ setup }: { setup: SetupView | null }) {
  if (setup === null) {
    return (
      <>
        <ScreenHeader key="pick" title={strings.screens.addHost} takesKeyboard={false} />
        <HostPicker />
      </>
    );
  }
  return (
    <>
      <ScreenHeader key={setup.name} title={setup.name} />
      <SetupSteps setup={setup} />
    </>
  );
}
