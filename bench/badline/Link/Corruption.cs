using System.Buffers.Binary;

namespace ReliableDownload.Bench.Link;

/// <summary>
/// Changes the payload of a TCP packet in a way that TCP does not see: the checksum is a sum of 16-bit words (RFC 9293, 3.1), and a
/// sum does not know the order of what is added.
/// </summary>
internal static class Corruption
{
    private const int MinIPv4Header = 20;
    private const int MinTcpHeader = 20;
    private const byte Tcp = 6;
    private const int MaxTries = 32;

    /// <summary>Swaps two different words of the payload; false where the packet has none.</summary>
    public static bool TryChange(Span<byte> packet, Random random)
    {
        var payload = TcpPayload(packet);
        var words = payload.Length / 2;
        for (var i = 0; i < MaxTries && words > 1; i++)
        {
            var one = payload.Slice(random.Next(words) * 2, 2);
            var other = payload.Slice(random.Next(words) * 2, 2);
            var (first, second) = (BinaryPrimitives.ReadUInt16BigEndian(one), BinaryPrimitives.ReadUInt16BigEndian(other));
            if (first == second)
                continue;
            BinaryPrimitives.WriteUInt16BigEndian(one, second);
            BinaryPrimitives.WriteUInt16BigEndian(other, first);
            return true;
        }

        return false;
    }

    private static Span<byte> TcpPayload(Span<byte> packet)
    {
        if (packet.Length < MinIPv4Header + MinTcpHeader || packet[0] >> 4 != 4 || packet[9] != Tcp)
            return [];
        var tcp = (packet[0] & 0x0F) * 4;
        if (tcp + MinTcpHeader > packet.Length)
            return [];
        var payload = tcp + ((packet[tcp + 12] >> 4) * 4);
        return payload > packet.Length ? [] : packet[payload..];
    }
}
