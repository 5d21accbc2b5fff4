// A ray tracer on std::thread: RAYS THREADS writes a picture of spheres that mirror each other. Each row is taken by
// whichever thread is free, and only sums, products, quotients and roots make it: so every machine has the same bytes.
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace {

constexpr int width = 640, height = 480, samples = 3, mostBounces = 6;

struct Vector {
    double x, y, z;
};

Vector operator+(Vector a, Vector b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
Vector operator-(Vector a, Vector b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
Vector operator*(Vector a, double factor) { return {a.x * factor, a.y * factor, a.z * factor}; }
double dot(Vector a, Vector b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
Vector unit(Vector a) { return a * (1 / std::sqrt(dot(a, a))); }

struct Ray {
    Vector origin, direction;
};

struct Hit {
    double distance;
    Vector normal, color;
    double mirrors;
};

class Shape {
public:
    virtual ~Shape() = default;
    virtual bool meets(const Ray &ray, Hit &hit) const = 0;
};

class Sphere : public Shape {
    Vector center, color;
    double radius, mirrors;

public:
    Sphere(Vector center, double radius, Vector color, double mirrors)
        : center(center), color(color), radius(radius), mirrors(mirrors) {}

    bool meets(const Ray &ray, Hit &hit) const override {
        Vector away = ray.origin - center;
        double half = dot(away, ray.direction);
        double root = half * half - dot(away, away) + radius * radius;
        if (root < 0) return false;
        double distance = -half - std::sqrt(root);
        if (distance < 1e-6 || distance >= hit.distance) return false;
        hit = {distance, unit(away + ray.direction * distance), color, mirrors};
        return true;
    }
};

class Floor : public Shape {
public:
    bool meets(const Ray &ray, Hit &hit) const override {
        double distance = -ray.origin.y / ray.direction.y;
        if (!(distance > 1e-6 && distance < hit.distance)) return false;
        Vector point = ray.origin + ray.direction * distance;
        bool isLight = (static_cast<long>(std::floor(point.x)) + static_cast<long>(std::floor(point.z))) % 2 == 0;
        hit = {distance, {0, 1, 0}, isLight ? Vector{.9, .9, .9} : Vector{.2, .25, .3}, .15};
        return true;
    }
};

using Scene = std::vector<std::unique_ptr<Shape>>;

Scene makeScene() {
    Scene scene;
    scene.push_back(std::make_unique<Floor>());
    for (int i = 0; i < 36; i++) {
        double column = i % 6, row = i / 6;
        scene.push_back(std::make_unique<Sphere>(
            Vector{column * 1.6 - 4, .45 + .3 * (i % 3), row * 1.7}, .45 + .05 * (i % 4),
            Vector{.3 + .1 * column, .9 - .12 * row, .4 + .04 * (i % 7)}, .2 + .1 * (i % 5)));
    }
    return scene;
}

bool nearest(const Scene &scene, const Ray &ray, Hit &hit) {
    bool found = false;
    for (const auto &shape : scene) found |= shape->meets(ray, hit);
    return found;
}

Vector colorOf(const Scene &scene, const Ray &ray, int bounces) {
    Hit hit{1e9, {}, {}, 0};
    if (!nearest(scene, ray, hit)) return Vector{.5, .7, 1} * (.4 + .6 * std::fabs(ray.direction.y));
    Vector point = ray.origin + ray.direction * hit.distance, light = unit({-3, 8, -4});
    Hit shadow{1e9, {}, {}, 0};
    double lit = nearest(scene, {point, light}, shadow) ? 0 : std::fmax(0, dot(hit.normal, light));
    Vector own = hit.color * (.15 + .85 * lit);
    if (!bounces) return own;
    Vector mirrored = ray.direction - hit.normal * (2 * dot(ray.direction, hit.normal));
    return own * (1 - hit.mirrors) + colorOf(scene, {point, mirrored}, bounces - 1) * hit.mirrors;
}

void drawRow(const Scene &scene, int row, unsigned char *bytes) {
    for (int column = 0; column < width; column++) {
        Vector sum{};
        for (int i = 0; i < samples * samples; i++) {
            double x = column + (i % samples + .5) / samples, y = row + (i / samples + .5) / samples;
            Vector direction = unit({(x - width / 2) / height, (height / 2 - y) / height - .3, 1});
            sum = sum + colorOf(scene, {{0, 3.5, -7}, direction}, mostBounces);
        }
        for (double part : {sum.x, sum.y, sum.z}) {
            *bytes++ = static_cast<unsigned char>(std::fmin(255, std::sqrt(part / (samples * samples)) * 255));
        }
    }
}

} // namespace

int main(int count, char **words) {
    if (count != 2) return 2;
    const Scene scene = makeScene();
    std::vector<unsigned char> picture(width * height * 3);
    std::atomic<int> next{0};
    std::mutex mutex;
    std::condition_variable isDone;
    int rowsDone = 0;
    std::vector<std::thread> threads;
    for (int i = std::atoi(words[1]); i > 0; i--) {
        threads.emplace_back([&] {
            for (int row; (row = next++) < height;) {
                drawRow(scene, row, &picture[static_cast<size_t>(row) * width * 3]);
                std::lock_guard<std::mutex> lock(mutex);
                if (++rowsDone == height) isDone.notify_one();
            }
        });
    }
    {
        std::unique_lock<std::mutex> lock(mutex);
        isDone.wait(lock, [&] { return rowsDone == height; });
    }
    for (auto &thread : threads) thread.join();
    std::printf("P6 %d %d 255\n", width, height);
    return std::fwrite(picture.data(), 1, picture.size(), stdout) == picture.size() ? 0 : 1;
}
