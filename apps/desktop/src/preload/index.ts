import './withoutEval.ts';
import { contextBridge, ipcRenderer } from 'electron';
import { API_NAME, createApi } from '../bridge.ts';

const api = createApi({
  invoke: (channel, body) => ipcRenderer.invoke(channel, body),
  listen(channel, listener) {
    // The event itself never reaches the page.
    const onMessage = (_event: unknown, message: unknown): void => listener(message);
    ipcRenderer.on(channel, onMessage);
    return () => {
      ipcRenderer.off(channel, onMessage);
    };
  },
});

contextBridge.exposeInMainWorld(API_NAME, api);
