import { mount } from "svelte";
import App from "./App.svelte";
import "../words/base.css";
import "./app.css";

const target = document.getElementById("app");
if (target) mount(App, { target });

// Served over plain http to another machine a browser knows no service workers; the page says so.
if (import.meta.env.PROD && "serviceWorker" in navigator) {
  navigator.serviceWorker.register("/sw.js").catch((error: unknown) => {
    console.warn("the app will not open without a network", error);
  });
}
