using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace ReliableDownload.Api.Hosting;

/// <summary>An end point that no connection ever comes in at, and the transport for it.</summary>
internal sealed class UnreachableEndPoint : EndPoint
{
    public static readonly UnreachableEndPoint Instance = new();

    private UnreachableEndPoint()
    {
    }

    public override string ToString() => "unreachable";

    /// <summary>Registered beside Kestrel's own transport, which takes all other end points.</summary>
    internal sealed class Transport : IConnectionListenerFactory, IConnectionListenerFactorySelector
    {
        public bool CanBind(EndPoint endpoint) => endpoint is UnreachableEndPoint;

        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
            new(new Listener());
    }

    private sealed class Listener : IConnectionListener
    {
        private readonly TaskCompletionSource<ConnectionContext?> _unbound = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EndPoint EndPoint => Instance;

        [SuppressMessage("Usage", "VSTHRD003", Justification = "The task has no thread.")]
        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) => new(_unbound.Task);

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            _unbound.TrySetResult(null);
            return default;
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }
}
