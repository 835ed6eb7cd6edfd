import { useAct } from "@/api/act";
import { api, type Schema } from "@/api/client";
import { save } from "@/lib/save";

/** Downloads the file of an export; what stands in the way is told in a toast. */
export function useDownload() {
  return useAct(
    async ({ id }: Schema<"Export">) => {
      save(await api.GET("/exports/{id}/download", { params: { path: { id } }, parseAs: "blob" }));
    },
    { invalidates: [["exports"]] },
  );
}
