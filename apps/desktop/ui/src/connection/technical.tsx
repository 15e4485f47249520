import { Rows } from "../components/rows";
import { day } from "../format";
import { useStrings } from "../strings";
import type { Connection } from "../types";

/** What an administrator wants to know; folded. */
export function Technical({ connection }: { connection: Connection }) {
  const { connection: texts, locale } = useStrings();
  const { technical } = texts;
  const { gateway, certificate, description, mtu, unused_options } = connection;
  return (
    <details class="details">
      <summary>{technical.title}</summary>
      <Rows
        rows={[
          [technical.gateway, gateway && `${gateway.host} (${gateway.position === 0 ? technical.primary : technical.secondary})`],
          [technical.transport, gateway?.address],
          [technical.tls, connection.tls],
          [technical.cipher, connection.cipher],
          [technical.interface, connection.interface],
          [technical.mtu, mtu === null ? null : String(mtu)],
          [technical.dnsManager, connection.dns?.manager],
          [
            technical.certificate,
            certificate && technical.certificateText(certificate.subject, certificate.issuer, day(certificate.expires * 1000, locale)),
          ],
          [technical.description, description && technical.descriptions[description]],
          [technical.unused, unused_options.join(", ")],
        ]}
      />
    </details>
  );
}
