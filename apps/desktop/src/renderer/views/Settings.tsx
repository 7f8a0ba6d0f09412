import type { SettingsView } from '../../bridge/settings.ts';
import { strings } from '../../strings.ts';
import { ScreenHeader } from '../components/ScreenHeader.tsx';
import { useApp } from '../store.ts';
import { AlertSettings } from './AlertSettings.tsx';

export function Settings({ settings }: { settings: SettingsView }) {
  const showSettingsFile = useApp((state) => state.showSettingsFile);
  return (
    <>
      <ScreenHeader title={strings.screens.settings} />
      <AlertSettings alerts={settings.alerts} />
      <section className="group">
        <div className="rows">
          <div className="row">
            <span>{strings.settings.file}</span>
            <button type="button" onClick={showSettingsFile}>
              {strings.settings.showFile}
            </button>
          </div>
        </div>
      </section>
    </>
  );
}
