using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace ReliableDownload.Api.Hosting;

/// <summary>
/// Hands the sockets that were passed to this process over to the next one. Clients that wait in the kernel are left to it; but one whose connection was accepted, and that
/// has not asked yet, would be cut without an answer, so those get a moment to do so. Thread-safe.
/// </summary>
internal sealed class PassedListeners
{
    // Who has connected asks after a round trip. Browsers also open connections that they may never use.
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);

    private readonly ConcurrentBag<BoundedListener> _listeners = [];
    private readonly TaskCompletionSource _none = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One for the listening itself, and one for each connection without a request.
    private int _expecting = 1;

    public void Add(BoundedListener listener) => _listeners.Add(listener);

    /// <summary>A connection was accepted at one of them.</summary>
    public void Expect(ConnectionContext connection)
    {
        Interlocked.Increment(ref _expecting);
        connection.Features.Set(new FirstRequest(this));
    }

    /// <summary>Connection middleware for these sockets.</summary>
    public static ConnectionDelegate Around(ConnectionDelegate next) => async connection =>
    {
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Features.Get<FirstRequest>()?.HasCome();
        }
    };

    /// <summary>Middleware that sees each request.</summary>
    public static Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        context.Features.Get<FirstRequest>()?.HasCome();
        return next(context);
    }

    /// <summary>Accepts nobody any more, and returns when everybody who was accepted has asked for something, or had time to. To be called once.</summary>
    public async Task LeaveAsync()
    {
        if (_listeners.IsEmpty)
            return;
        foreach (var listener in _listeners)
        {
            await listener.UnbindAsync();
            await listener.LastAccept;
        }

        Settle();
        await Task.WhenAny(_none.Task, Task.Delay(Moment));
    }

    private void Settle()
    {
        if (Interlocked.Decrement(ref _expecting) == 0)
            _none.TrySetResult();
    }

    private sealed class FirstRequest(PassedListeners all)
    {
        private int _has;

        public void HasCome()
        {
            if (Volatile.Read(ref _has) == 0 && Interlocked.Exchange(ref _has, 1) == 0)
                all.Settle();
        }
    }
}
