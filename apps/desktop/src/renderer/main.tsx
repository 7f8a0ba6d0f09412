import './styles/base.css';
import './styles/card.css';
import './styles/panels.css';
import './styles/screens.css';
import './styles/detail.css';
import './styles/forms.css';
import './styles/setup.css';
import { createRoot } from 'react-dom/client';
import type { Api } from '../bridge.ts';
import { App } from './App.tsx';
import { createAppStore, StoreContext } from './store.ts';

declare global {
  interface Window {
    /** Put there by the preload; the page's only way out. */
    milepost: Api;
  }
}

const store = createAppStore(window.milepost, () => Date.now());
const root = document.getElementById('root');
if (root === null) throw new Error('The page has no root.');
createRoot(root).render(
  <StoreContext value={store}>
    <App />
  </StoreContext>,
);
void store.getState().connect();
