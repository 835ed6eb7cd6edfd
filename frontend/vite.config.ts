import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The Content-Security-Policy takes no <style> of scripts; sonner's sheet is part of styles.css instead. */
function withoutInjectedStyles(): Plugin {
  return {
    name: "without-injected-styles",
    enforce: "pre",
    transform(code, id) {
      if (!id.includes("/sonner/dist/index.mjs")) return null;
      const cut = code.replace(/^__insertCSS\(.*$/m, "");
      if (cut === code) throw new Error("sonner no longer inserts its sheet where it did: look again");
      return { code: cut, map: null };
    },
  };
}

const API = process.env.PLACEOPS_API ?? "http://127.0.0.1:5000";
const API_PATHS =
  "^/(auth|drives|registrations|offers|exports|students|jobs|live|queues|views|workers|schedules|users|tokens|audit|eligibility|status|livez|readyz|metrics|openapi\\.json)(/|\\?|$)";

export default defineConfig({
  plugins: [withoutInjectedStyles(), react(), tailwindcss()],
  resolve: {
    alias: {
      "@": here("./src"),
      "react-style-singleton": here("./src/lib/noStyles.ts"),
    },
  },
  optimizeDeps: { exclude: ["sonner"] },
  build: {
    outDir: here("../placeops_api/console"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600,
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: {
      // The API takes changes from its own pages only, so they come as from there.
      [API_PATHS]: { target: API, changeOrigin: true, headers: { origin: API } },
    },
  },
});
