using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace ReliableDownload.Tests.Support;

/// <summary>
/// A bad line: a TCP relay between a client and a real server that does to each connection what its script says, and can be away
/// altogether. Bytes to the server pass as they are.
/// </summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly EndPoint _server;
    private readonly Func<int, RelayScript> _script;
    private readonly Acceptor _acceptor;
    private TaskCompletionSource _isUp = NewSignal(isSet: true);
    private readonly long _lineRate;
    private readonly Lock _lineLock = new();
    private long _bytes;
    private long _lineFreeAt;

    private Relay(EndPoint server, Func<int, RelayScript> script, long lineRate = 0)
    {
        (_server, _script, _lineRate) = (server, script, lineRate);
        _acceptor = new Acceptor((client, number, stop) => CarryAsync(client, _script(number), stop));
    }

    /// <summary>Bytes that went to the client.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <param name="url">What the client would ask for without the relay.</param>
    /// <param name="script">What becomes of a connection, by its number from 0.</param>
    public static Relay To(Uri url, Func<int, RelayScript> script) => new(new IPEndPoint(IPAddress.Parse(url.Host), url.Port), script);

    /// <param name="server">Where the server listens, at a port or a Unix socket.</param>
    /// <param name="script">What becomes of a connection, by its number from 0.</param>
    /// <param name="lineRate">What all connections may have together, in bytes a second; 0 for as much as they can.</param>
    public static Relay To(EndPoint server, Func<int, RelayScript> script, long lineRate = 0) => new(server, script, lineRate);

    /// <summary>The same URL by way of the relay.</summary>
    public Uri Through(Uri url) => new UriBuilder(url) { Port = _acceptor.EndPoint.Port }.Uri;

    /// <summary>The line is gone: nothing passes in either direction, and nobody is told.</summary>
    public void GoAway() => _isUp = NewSignal(isSet: false);

    /// <summary>The line is back. What was on its way is gone with the old connections, as their peers find out by themselves.</summary>
    public void ComeBack() => _isUp.TrySetResult();

    public ValueTask DisposeAsync() => _acceptor.DisposeAsync();

    private async Task CarryAsync(Socket client, RelayScript script, CancellationToken stop)
    {
        using var server = new Socket(_server.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        using (client)
        {
            try
            {
                if (script.CutAfter == 0)
                    return;
                await _isUp.Task.WaitAsync(stop);
                await server.ConnectAsync(_server, stop);
                var (up, down) = (CopyAsync(client, server, RelayScript.Clean, counted: false, stop), CopyAsync(server, client, script, counted: true, stop));
                // Closing the client's socket while it is being read would reset it, and what it has not received yet would be lost.
                if (await Task.WhenAny(up, down) == down && await down)
                {
                    client.Shutdown(SocketShutdown.Send);
                    await up;
                }
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException)
            {
                // One of the two is gone, and so is the connection.
            }
        }
    }

    /// <returns>Whether the sender ended the connection in order.</returns>
    private async Task<bool> CopyAsync(Socket from, Socket to, RelayScript script, bool counted, CancellationToken stop)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
        try
        {
            for (long passed = 0; passed < script.CutAfter;)
            {
                var count = await from.ReceiveAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, script.CutAfter - passed)), stop);
                if (count == 0)
                    return true;
                var isUp = _isUp;
                if (!isUp.Task.IsCompleted)
                {
                    // What was sent into an outage is lost, and TCP behind it waits for long: the connection is of no use any more.
                    await Task.Delay(Timeout.Infinite, stop);
                }

                if (script.CorruptAt >= passed && script.CorruptAt < passed + count)
                    buffer[script.CorruptAt - passed] ^= 0x40;
                passed += count;
                if (script.StallAfter < passed)
                    await Task.Delay(Timeout.Infinite, stop);
                if (script.BytesPerSecond > 0)
                    await Task.Delay(TimeSpan.FromSeconds((double)count / script.BytesPerSecond), stop);
                if (counted && _lineRate > 0)
                    await Task.Delay(LineDelay(count), stop);
                for (var sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), stop);
                if (counted)
                    Interlocked.Add(ref _bytes, count);
            }
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The other direction ended the connection.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return false;
    }

    /// <summary>How long it takes until the line has carried so many bytes more.</summary>
    private TimeSpan LineDelay(int count)
    {
        var clock = TimeProvider.System;
        lock (_lineLock)
        {
            var now = clock.GetTimestamp();
            _lineFreeAt = Math.Max(now, _lineFreeAt) + (count * clock.TimestampFrequency / _lineRate);
            return clock.GetElapsedTime(now, _lineFreeAt);
        }
    }

    private static TaskCompletionSource NewSignal(bool isSet)
    {
        var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (isSet)
            signal.SetResult();
        return signal;
    }
}

/// <summary>What a <see cref="Relay"/> does to one connection's bytes to the client.</summary>
internal sealed record RelayScript
{
    public static readonly RelayScript Clean = new();

    /// <summary>After how many bytes it is cut; 0 refuses it.</summary>
    public long CutAfter { get; init; } = long.MaxValue;

    /// <summary>After how many bytes nothing passes any more, without a word.</summary>
    public long StallAfter { get; init; } = long.MaxValue;

    /// <summary>The byte that is changed; -1 for none.</summary>
    public long CorruptAt { get; init; } = -1;

    /// <summary>The rate; 0 for as fast as it goes.</summary>
    public long BytesPerSecond { get; init; }
}
