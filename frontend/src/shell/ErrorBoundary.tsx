import { Component, type ReactNode } from "react";
import { Button } from "../ui/Button";
import { ErrorPanel } from "../ui/States";

/** Keeps an error of one screen from emptying the whole page. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null as Error | null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    if (!this.state.error) return this.props.children;
    return (
      <div className="space-y-3">
        <ErrorPanel error={this.state.error} />
        <p className="text-sm text-muted">
          This page stopped working. After an upgrade of placeOps, loading it anew helps.
        </p>
        <Button onClick={() => window.location.reload()}>Load anew</Button>
      </div>
    );
  }
}
