// The bindings that `cargo xtask web` makes of client-core/wasm.
declare module "doorstep-wasm" {
  /** Loads the module. */
  export default function load(options: { module_or_path: URL | Response | BufferSource }): Promise<unknown>;

  export interface Step {
    readonly kind: "post" | "upload" | "download" | "wait" | "done";
    readonly url: string;
    readonly token: string | undefined;
    readonly body: Uint8Array | undefined;
    readonly from: number;
    readonly last: number;
    readonly wait_ms: number;
    readonly report: string;
    free(): void;
  }

  /** Every method throws a JSON text `{kind, en, zh, where?, help?, violations?}`. */
  export class WebDevice {
    static open(directory: string, install: Uint8Array): Promise<WebDevice>;
    static open_in_memory(image: Uint8Array | undefined, install: Uint8Array): WebDevice;
    static enrol_route(): string;
    static media_types(): string[];
    static offline(text: string): unknown;
    image(): Uint8Array;
    call(call: string): string;
    attach(at: string, path: string, content: Uint8Array, name: string, role: string | undefined): string;
    salvage(damaged: Uint8Array, log: Uint8Array): string;
    file(record: string, path: string): Uint8Array | undefined;
    bundle(): Uint8Array[];
    enrol_request(code: string, name: string): Uint8Array;
    enrolled(server: string, status: number, body: Uint8Array): string;
    sync_begin(): Step;
    sync_replied(status: number, body: Uint8Array): Step;
    sync_fetched(status: number, body: Uint8Array, cut: string | undefined): Step;
    sync_failed(kind: string, text: string): Step;
    sync_woke(): Step;
    free(): void;
  }
}
