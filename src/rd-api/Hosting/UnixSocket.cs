using System.Net.Sockets;
using System.Text;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Kernel;

namespace ReliableDownload.Api.Hosting;

/// <summary>Makes Unix sockets in the file system, in place of one that a killed server left behind.</summary>
internal static class UnixSocket
{
    private const int MaxPath = 107; // Bytes: sun_path of unix(7), without its end.

    /// <exception cref="CannotStartException">The path is too long.</exception>
    public static UnixDomainSocketEndPoint EndPoint(string path) => Encoding.UTF8.GetByteCount(path) <= MaxPath
        ? new UnixDomainSocketEndPoint(path)
        : throw new CannotStartException($"the path {path} is longer than the {MaxPath} bytes that a socket's may have: choose a shorter one with --listen");

    /// <exception cref="CannotStartException">Something else is at the path, or somebody listens there.</exception>
    /// <exception cref="SocketException">It cannot be made.</exception>
    public static Socket Bind(UnixDomainSocketEndPoint endPoint, UnixFileMode mode)
    {
        var path = endPoint.ToString();
        if (!Directory.Exists(Path.GetDirectoryName(path)))
            throw new CannotStartException($"the folder of the socket {path} does not exist: make it, or choose another with --listen");
        if (Path.Exists(path))
            RemoveStale(endPoint, path);
        var socket = Create();
        try
        {
            if (OperatingSystem.IsWindows())
                socket.Bind(endPoint);
            else
                CreationMask.Run(mode, () => socket.Bind(endPoint));
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    private static void RemoveStale(UnixDomainSocketEndPoint endPoint, string path)
    {
        // Connecting to another kind of file fails in the same way as to a socket without a server.
        if (!OperatingSystem.IsLinux() || LinuxCalls.Status(Encoding.UTF8.GetBytes(path)) is not { IsSocket: true })
            throw new CannotStartException($"{path} exists and is not a socket of a server that has ended: remove it, or choose another with --listen");
        using var client = Create();
        try
        {
            client.Connect(endPoint);
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }

        throw new CannotStartException($"another program listens at {path}: end it, or choose another socket with --listen");
    }

    private static Socket Create() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
}
