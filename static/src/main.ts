import { mount } from 'svelte'
// Before the settings, which read a colour from it.
import './tokens.css'
import App from './App.svelte'
import './base.css'
import { i18n } from './i18n/index.svelte'
import { session } from './state/people/session.svelte'
// Applies the theme before anything is drawn.
import './state/site/settings.svelte'
import { registerWorker } from './state/site/worker'

const target = document.getElementById('app')
if (!target) throw new Error('the page has no #app')
void session.load()
await i18n.start()
mount(App, { target })
registerWorker()
