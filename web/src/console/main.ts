import { mount } from "svelte";
import App from "./App.svelte";
import "../words/base.css";
import "./console.css";
import "./parts.css";
import "./paper.css";

const target = document.getElementById("app");
if (target) mount(App, { target });
