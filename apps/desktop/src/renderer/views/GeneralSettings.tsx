import { MENU_BAR_STYLES, type SettingsView, TEXT_PERCENTS } from '../../bridge/settings.ts';
import { strings } from '../../strings.ts';
import { SelectRow } from '../components/SelectRow.tsx';
import { Switch } from '../components/Switch.tsx';
import { useApp } from '../store.ts';

const text = strings.settings;

function everyText(seconds: number): string {
  return seconds % 60 === 0 ? text.minutes(seconds / 60) : text.seconds(seconds);
}

const POLL_SECONDS = [15, 30, 60, 120, 300];

export function GeneralSettings({ settings }: { settings: SettingsView }) {
  const change = useApp((state) => state.changeSettings);
  const { runningSeconds, menuBar, textPercent, paused, launchAtLogin } = settings;
  // Whoever wrote another number into the file keeps it.
  const seconds = [...new Set([...POLL_SECONDS, runningSeconds])].sort((a, b) => a - b);
  return (
    <section className="group" aria-labelledby="general-title">
      <h2 id="general-title">{text.general}</h2>
      <div className="rows">
        {launchAtLogin !== 'unavailable' && (
          <>
            <Switch
              label={text.launchAtLogin}
              checked={launchAtLogin !== 'off'}
              onChange={(wanted) => change({ launchAtLogin: wanted })}
            />
            {launchAtLogin === 'needs-approval' && (
              <p className="row-note" role="status">
                {text.needsApproval}
              </p>
            )}
          </>
        )}
        <SelectRow
          label={text.menuBar}
          value={menuBar}
          options={MENU_BAR_STYLES.map((style) => ({ value: style, label: text.menuBarStyles[style] }))}
          onChange={(wanted) => change({ menuBar: wanted })}
        />
        <SelectRow
          label={text.poll}
          value={runningSeconds}
          options={seconds.map((each) => ({ value: each, label: text.pollEvery(everyText(each)) }))}
          onChange={(wanted) => change({ runningSeconds: wanted })}
        />
        <SelectRow
          label={text.textSize}
          value={textPercent}
          options={TEXT_PERCENTS.map((percent) => ({ value: percent, label: text.textPercent(percent) }))}
          onChange={(wanted) => change({ textPercent: wanted })}
        />
        <Switch label={text.pause} checked={paused} onChange={(wanted) => change({ paused: wanted })} />
      </div>
    </section>
  );
}
