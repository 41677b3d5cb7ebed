using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace ReliableDownload.Api.Proxies;

/// <summary>What the PROXY protocol says at the beginning of a connection (haproxy.org/download/3.0/doc/proxy-protocol.txt).</summary>
/// <param name="Client">Who connected to the proxy; null if it asks for itself or does not know.</param>
/// <param name="IsTls">Whether the client used TLS; only version 2 tells.</param>
internal sealed record ProxyPreamble(IPEndPoint? Client, bool IsTls = false)
{

    private const int MaxTextLength = 107;
    private const int HeadLength = 16;
    private const byte OnBehalf = 0x21; // Version 2, command PROXY.
    private const byte OfItsOwn = 0x20; // Version 2, command LOCAL.
    private const byte Tcp4 = 0x11;
    private const byte Tcp6 = 0x21;
    private const byte TlsType = 0x20; // PP2_TYPE_SSL
    private const byte TlsFlag = 1; // PP2_CLIENT_SSL

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Reads it from the first bytes of a connection.</summary>
    /// <param name="bytes">What has come so far.</param>
    /// <param name="length">How many of the bytes it took.</param>
    /// <param name="isComplete">False if more has to come before anything can be said.</param>
    /// <returns>Null if it is not complete or not valid.</returns>
    public static ProxyPreamble? Parse(ReadOnlySequence<byte> bytes, out int length, out bool isComplete)
    {
        Span<byte> buffer = stackalloc byte[Limits.ProxyPreambleBytes];
        var start = bytes.Slice(0, Math.Min(bytes.Length, Limits.ProxyPreambleBytes));
        start.CopyTo(buffer);
        var read = (ReadOnlySpan<byte>)buffer[..(int)start.Length];
        var common = Math.Min(read.Length, Signature.Length);
        return read[..common].SequenceEqual(Signature[..common])
            ? Binary(read, out length, out isComplete)
            : Text(read, out length, out isComplete);
    }

    private static ProxyPreamble? Text(ReadOnlySpan<byte> bytes, out int length, out bool isComplete)
    {
        var end = bytes.IndexOf("\r\n"u8);
        length = end + 2;
        var common = Math.Min(bytes.Length, "PROXY "u8.Length);
        // The longest line has room for the longest addresses.
        isComplete = end >= 0 || bytes.Length >= MaxTextLength || !bytes[..common].SequenceEqual("PROXY "u8[..common]);
        if (end < 0 || length > MaxTextLength)
            return null;
        return Encoding.ASCII.GetString(bytes[..end]).Split(' ') switch
        {
            ["PROXY", "UNKNOWN", ..] => new ProxyPreamble(Client: null),
            ["PROXY", "TCP4" or "TCP6", var source, _, var port, _] when IPAddress.TryParse(source, out var address) && ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) =>
                new ProxyPreamble(new IPEndPoint(address, number)),
            _ => null,
        };
    }

    private static ProxyPreamble? Binary(ReadOnlySpan<byte> bytes, out int length, out bool isComplete)
    {
        (length, isComplete) = (0, false);
        if (bytes.Length < HeadLength)
            return null;
        length = HeadLength + BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        isComplete = length > Limits.ProxyPreambleBytes || bytes.Length >= length;
        if (bytes.Length < length)
            return null;
        var rest = bytes[HeadLength..length];
        return (bytes[12], bytes[13]) switch
        {
            (OfItsOwn, _) => new ProxyPreamble(Client: null),
            (OnBehalf, Tcp4) when rest.Length >= 12 => new ProxyPreamble(Address(rest, 4), SaysTls(rest[12..])),
            (OnBehalf, Tcp6) when rest.Length >= 36 => new ProxyPreamble(Address(rest, 16), SaysTls(rest[36..])),
            (OnBehalf, Tcp4 or Tcp6) => null,
            (OnBehalf, _) => new ProxyPreamble(Client: null),
            _ => null,
        };
    }

    // The source's address, the destination's, then both ports.
    private static IPEndPoint Address(ReadOnlySpan<byte> bytes, int size) =>
        new(new IPAddress(bytes[..size]), BinaryPrimitives.ReadUInt16BigEndian(bytes[(2 * size)..]));

    // What follows are values, each with a type and a length.
    private static bool SaysTls(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 3)
        {
            var end = 3 + BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]);
            if (end > bytes.Length)
                return false;
            if (bytes[0] == TlsType)
                return end > 3 && (bytes[3] & TlsFlag) != 0;
            bytes = bytes[end..];
        }

        return false;
    }
}
