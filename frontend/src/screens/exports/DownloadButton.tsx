import { Download } from "lucide-react";
import type { Schema } from "@/api/client";
import { Button } from "@/ui/Button";
import { useDownload } from "./useDownload";

interface DownloadButtonProps {
  of: Schema<"Export">;
  primary?: boolean;
}

/** Saves an export's file; there only while it can be had. */
export function DownloadButton({ of, primary }: DownloadButtonProps) {
  const download = useDownload();
  if (of.state !== "ready") return null;
  return (
    <Button
      size={primary ? "normal" : "small"}
      kind={primary ? "primary" : "secondary"}
      icon={Download}
      busy={download.isPending}
      aria-label={primary ? undefined : `Download export ${of.id}`}
      onClick={() => download.mutate(of)}
    >
      Download
    </Button>
  );
}
